import { documentOf, escaped } from './html.ts';

/** What asks for the token. It works without scripts. */
export function loginPage(name: string, whereToken: string, problem?: string): string {
  const title = escaped(name);
  const alert = problem === undefined ? '' : `<p class="problem" role="alert">${escaped(problem)}</p>`;
  return documentOf(
    `${title} · log in`,
    '',
    `<body class="login">
<main>
<form method="post" action="/login">
<h1>${title}</h1>
${alert}
<input type="text" name="user" autocomplete="username" value="${title}" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="where">
<p id="where">${escaped(whereToken)}</p>
<button type="submit" class="primary">Log in</button>
</form>
</main>
</body>`,
  );
}
