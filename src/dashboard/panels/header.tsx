import { StateMark } from '../elements/state.tsx';
import type { Seen } from '../model/store.ts';
import { clock, uptime } from '../elements/text.ts';

/** What is up, where, and since when. */
export function Header({ seen, live }: { seen: Seen; live: boolean }) {
  const { status, at } = seen;
  return (
    <header class="top">
      <img src="/icon.svg" alt="" width="28" height="28" />
      <h1>{status.name}</h1>
      <StateMark state={status.state} />
      {status.maintenance && <span class="state busy">maintenance page is up</span>}
      {status.rollout && (
        <a class="state busy" href="#releases-title">
          release {status.rollout.to}: {status.rollout.step}
        </a>
      )}
      <dl>
        <div>
          <dt>Address</dt>
          <dd>
            {/^https?:/.test(status.url) ? (
              <a href={status.url} target="_blank" rel="noreferrer noopener">
                {status.url.replace(/^https?:\/\//, '')}
              </a>
            ) : (
              status.url || 'sockets only'
            )}
          </dd>
        </div>
        <div>
          <dt>Release</dt>
          <dd>{status.release}</dd>
        </div>
        <div>
          <dt>Up</dt>
          <dd>{uptime(status.supervisor.uptimeSeconds)}</dd>
        </div>
      </dl>
      <span class={`connection ${live ? '' : 'lost'}`} role="status">
        {live ? 'live' : `reconnecting … (as of ${clock(at)})`}
      </span>
      <form method="post" action="/logout">
        <button type="submit" class="quiet">
          Log out
        </button>
      </form>
    </header>
  );
}
