/** What visitors see where no page of the user's own is given. It needs nothing but itself. */
export const maintenancePage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Back soon</title>
<style>
:root { color-scheme: light dark; --ground: #f6f7f9; --ink: #1c2330; --soft: #5a6475; --line: #3b6fd4; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161d; --ink: #e8ecf3; --soft: #9aa5b8; --line: #7fa6f5; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 30rem; margin: 2rem; padding-left: 1.5rem; border-left: 4px solid var(--line); }
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.2; }
p { margin: 0; color: var(--soft); }
</style>
</head>
<body>
<main>
<h1>We will be back soon</h1>
<p>This site is being worked on. Please try again in a few minutes.</p>
</main>
</body>
</html>
`;
