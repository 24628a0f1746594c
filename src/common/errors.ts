/**
 * Every error that Radiant tells a user: its exit code, what it means, how it typically reads and what to do.
 * `docs/errors.md` is generated from this table; a test compares the two.
 * Exit codes follow sysexits(3) where one fits.
 */
export const errors = {
  USAGE: {
    exit: 64,
    means: "The command line is wrong: an unknown verb or flag, or a flag's value that does not fit",
    example: '--port: "70000" is not a port number from 1 to 65535',
    remedy: '`radiant help VERB` shows what the verb takes',
  },
  CONFIG: {
    exit: 78,
    means: 'The configuration file, the environment file or the environment holds a value that does not fit',
    example: 'radiant.config.ts: there is no option "worker"; did you mean "workers"?',
    remedy: 'Correct the place that the message names; docs/reference.md lists all options',
  },
  APP_NOT_FOUND: {
    exit: 66,
    means: 'There is no app at the given path, or it is no app that Radiant can start',
    example: '/srv/shop holds no app that Radiant can start',
    remedy:
      'Give a bundle folder, the .tar.gz of `meteor build`, a JavaScript file, or a folder with a package.json',
  },
  ARCHIVE: {
    exit: 65,
    means: 'The archive cannot be unpacked: damaged, too large, or it would write outside its folder',
    example: '/srv/shop.tar.gz cannot be unpacked: unexpected end of file',
    remedy: 'Build and copy the archive again',
  },
  SETTINGS: {
    exit: 65,
    means: 'The settings file is missing or holds no valid JSON',
    example: '/srv/settings.json is not valid JSON: Unexpected token } in line 4',
    remedy: 'Correct the file, or give another one with --settings',
  },
  CERTIFICATE: {
    exit: 7,
    means: 'A TLS certificate or its key is missing, damaged, or they do not belong together',
    example:
      '/etc/tls/shop.pem and /etc/tls/shop.key cannot serve TLS: the key is not that of the certificate',
    remedy:
      'Give the certificate chain as --tls-cert and its own key, not encrypted, as --tls-key, both as PEM',
  },
  NO_RENEWAL: {
    exit: 8,
    means: 'The app has no certificate that Radiant gets itself, so there is nothing to renew',
    example: 'shop gets no certificate by ACME',
    remedy:
      'Give it `tls: { acme }` or --acme-domain; files are renewed by what wrote them, and `radiant tls reload` reads them',
  },
  RENEWAL_RUNNING: {
    exit: 9,
    means: 'The certificate is being asked for already',
    example: 'a certificate for shop.example.com is being asked for already',
    remedy: '`radiant events -f` shows what becomes of it',
  },
  RENEWAL_FAILED: {
    exit: 10,
    means: 'The certificate authority has issued no new certificate; the one in use stays',
    example:
      'the authority has issued no certificate for shop.example.com: shop.example.com by http-01: Connection refused; HTTPS is refused',
    remedy:
      'Correct what the authority objects to; `radiant doctor` looks at names and ports, `radiant status` says when Radiant tries again',
  },
  NODE_VERSION: {
    exit: 69,
    means: 'The Node version that the app asks for can neither be found nor fetched',
    example: 'Node 20.18.0 is not on this machine, and the npm registry does not answer',
    remedy: 'Install that version, or name another one with --node',
  },
  INSTALL: {
    exit: 70,
    means: "Installing the bundle's npm packages failed",
    example: 'npm install in /srv/shop/programs/server failed with exit code 1',
    remedy: "npm's own output stands above; correct what it names and start again",
  },
  PORT_IN_USE: {
    exit: 98,
    means: 'Another process listens on this address already',
    example: '0.0.0.0:3000 is in use',
    remedy: 'Stop the other process, or choose another address with --port or --listen',
  },
  ADDRESS: {
    exit: 77,
    means: 'The address cannot be bound: no permission, or this machine does not have it',
    example: '0.0.0.0:80 cannot be bound: permission denied',
    remedy: 'Choose an address of this machine; ports below 1024 need root or CAP_NET_BIND_SERVICE',
  },
  PATH_TOO_LONG: {
    exit: 73,
    means: 'A UNIX socket path is longer than the 107 bytes that Linux allows (103 on macOS)',
    example: 'The socket path /home/…/shop.1.sock has 121 bytes',
    remedy: 'Choose a shorter --name, or a shorter folder with RADIANT_HOME',
  },
  STATE: {
    exit: 74,
    means: "Radiant's own folders or files cannot be read or written",
    example: '/run/radiant/shop/control.sock: permission denied',
    remedy: 'Run the command as the user who started the app, or set RADIANT_HOME to a folder of your own',
  },
  UNSAFE_FOLDER: {
    exit: 11,
    means: "A folder that Radiant would use as its own is another user's, or others may write to it",
    example: '/tmp/radiant-1000 belongs to the user with the number 1001',
    remedy:
      'Nothing of it was used. Remove it, or take it back (`chown`, `chmod go-w`) if you know what lies in it; or set RADIANT_HOME to a folder of your own',
  },
  ALREADY_RUNNING: {
    exit: 75,
    means: 'An app of this name runs already',
    example: 'shop is running already',
    remedy: '`radiant restart` replaces its workers, `radiant stop` stops it, --name starts another one',
  },
  NOT_RUNNING: {
    exit: 3,
    means: 'No running app answers to this name',
    example: 'No app named "shop" is running',
    remedy: '`radiant list` shows what runs; `radiant start` starts an app',
  },
  AMBIGUOUS: {
    exit: 64,
    means: 'Several apps are running, and the command does not say which one it means',
    example: 'Several apps are running: blog, shop',
    remedy: 'Choose one with --name',
  },
  START_FAILED: {
    exit: 1,
    means: 'No worker became ready: the app crashed at start or never listened',
    example: 'No worker of shop became ready: exit code 1',
    remedy: "The app's last lines, printed with the message, say why",
  },
  OPERATION_FAILED: {
    exit: 1,
    means: 'The running app could not do what the command asked for',
    example: 'The new worker 2 did not become ready; the old one goes on',
    remedy: '`radiant status` shows the workers and the last lines of those that fail',
  },
  DEPLOY_FAILED: {
    exit: 4,
    means: 'A new release did not take over; the one before serves on',
    example: 'Release 7 did not take over: its worker 1 exited with code 1',
    remedy: "The app's last lines, printed with the message, say why; the release's log is kept",
  },
  DEPLOY_LOCKED: {
    exit: 5,
    means: 'Another deploy of this app is under way',
    example: 'alice@web1 (pid 4711) has been deploying shop.tar.gz since 14:02:11',
    remedy: 'Wait for it, or end it',
  },
  RELEASE_NOT_FOUND: {
    exit: 6,
    means: 'There is no release of this number',
    example: 'There is no release 3; there are 4, 5, 6',
    remedy: '`radiant releases` lists them',
  },
  UNWELL: {
    exit: 7,
    means: '`radiant doctor` has found something that is wrong',
    example: 'wrong   proxies   proxies is 1, and HTTP_FORWARDED_COUNT says 2; the first one counts',
    remedy: 'Do what the arrow below it says',
  },
  NODE_TOO_OLD: {
    exit: 72,
    means: 'Radiant itself runs on a Node that is too old',
    example: 'Node 20.20.2 is too old for Radiant, which needs 22.18 or newer',
    remedy: 'Run it with `npx -p node@24 -p radiant radiant …`; the app keeps the Node that it asks for',
  },
} as const satisfies Record<string, { exit: number; means: string; example: string; remedy: string }>;

export type ErrorCode = keyof typeof errors;

/** An error that is meant for the user: `message` says what is wrong and where, `remedy` what to do about it. */
export class RadiantError extends Error {
  override readonly name = 'RadiantError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(
    code: ErrorCode,
    message: string,
    remedy: string = errors[code].remedy,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }

  get exitCode(): number {
    return errors[this.code].exit;
  }
}

/** What a caught value has to say, in one line: `catch` binds anything. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
