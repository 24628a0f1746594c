import { documentOf, escaped } from './html.ts';

/** What asks for the token. It works without scripts, and tells strangers nothing: not even which app this is. */
export function loginPage(problem?: string): string {
  const alert = problem === undefined ? '' : `<p class="problem" role="alert">${escaped(problem)}</p>`;
  return documentOf(
    'Log in',
    '',
    `<body class="login">
<main>
<form method="post" action="/login">
<h1>Log in</h1>
${alert}
<input type="text" name="user" autocomplete="username" value="operator" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button type="submit" class="primary">Log in</button>
</form>
</main>
</body>`,
  );
}
