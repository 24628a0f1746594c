import type { Authorization, Client } from 'acme-client';
import { noAnswers, type Answers, type Order, type Report } from './order.ts';

/** How often the authority is asked whether it is ready, in milliseconds, and how many times. */
const polling = { backoffMin: 500, backoffMax: 10_000, backoffAttempts: 30 };

type Acme = typeof import('acme-client');

export interface Listener {
  tell(report: Report): Promise<void>;
  /** Resolves when all workers can answer. */
  answerable(answers: Answers): Promise<void>;
}

/** Gets a certificate (RFC 8555, 7.4). Errors: whatever the authority or the network objects to. */
export async function carryOut(acme: Acme, order: Order, listener: Listener): Promise<void> {
  const { directory, domains, accountKey, accountUrl, eab } = order;
  const client = new acme.Client({
    ...polling,
    directoryUrl: directory,
    accountKey,
    ...(accountUrl !== null && { accountUrl }),
    ...(eab && { externalAccountBinding: eab }),
  });
  if (accountUrl === null) await register(client, order, listener);
  const identifiers = domains.map((value) => ({ type: 'dns', value }));
  const placed = await client.createOrder({ identifiers });
  await authorize(acme, client, await client.getAuthorizations(placed), order, listener);
  const key = await acme.crypto.createPrivateEcdsaKey();
  const [, request] = await acme.crypto.createCsr({ commonName: domains[0]!, altNames: domains }, key);
  await client.waitForValidStatus(placed);
  const cert = await client.getCertificate(await client.finalizeOrder(placed, request));
  await listener.tell({ type: 'certificate', cert, key: key.toString() });
}

async function register(client: Client, { email }: Order, listener: Listener): Promise<void> {
  const terms = await client.getTermsOfServiceUrl().catch(() => null);
  await client.createAccount({
    termsOfServiceAgreed: true,
    ...(email !== null && { contact: [`mailto:${email}`] }),
  });
  await listener.tell({ type: 'account', url: client.getAccountUrl(), terms });
}

/** Proves all domains at once; those that the authority is still sure of need nothing. */
async function authorize(
  acme: Acme,
  client: Client,
  authorizations: readonly Authorization[],
  { challenge: wanted }: Order,
  listener: Listener,
): Promise<void> {
  const pending = authorizations.filter(({ status }) => status === 'pending');
  if (pending.length === 0) return;
  const answers: Answers = { tokens: [], certificates: [] };
  const challenges = await Promise.all(
    pending.map(async (authorization) => {
      const { identifier, challenges: offered } = authorization;
      const challenge = offered.find(({ type }) => type === wanted);
      if (challenge === undefined) {
        throw new Error(`for ${identifier.value} the authority offers no ${wanted}`);
      }
      const answer = await client.getChallengeKeyAuthorization(challenge);
      if (wanted === 'http-01') answers.tokens.push({ token: challenge.token, answer });
      else {
        const key = await acme.crypto.createPrivateEcdsaKey();
        const [, cert] = await acme.crypto.createAlpnCertificate(authorization, answer, key);
        answers.certificates.push({ name: identifier.value, cert: cert.toString(), key: key.toString() });
      }
      return { challenge, domain: identifier.value };
    }),
  );
  await listener.answerable(answers);
  const proofs = challenges.map(async ({ challenge, domain }) => {
    try {
      await client.completeChallenge(challenge);
      await client.waitForValidStatus(challenge);
    } catch (error) {
      throw new Error(`${domain} by ${wanted}: ${(error as Error).message}`, { cause: error });
    }
  });
  const failed = (await Promise.allSettled(proofs)).flatMap((proof) =>
    proof.status === 'rejected' ? [(proof.reason as Error).message] : [],
  );
  await listener.tell({ type: 'answers', answers: noAnswers });
  if (failed.length > 0) throw new Error(failed.join('; '));
}
