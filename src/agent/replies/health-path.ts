/**
 * Tells whether a URL is what balancers ask for. `/` is what visitors ask for too, so then nothing is; Radiant's own
 * checks do not come by the public sockets.
 */
export function healthQuestion(healthPath: string): (url: string) => boolean {
  if (healthPath === '/') return () => false;
  return (url) => {
    const query = url.indexOf('?');
    return (query < 0 ? url : url.slice(0, query)) === healthPath;
  };
}
