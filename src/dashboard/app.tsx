import { useEffect, useState } from 'preact/hooks';
import { useAsk } from './model/ask.ts';
import { Certificates } from './panels/certificates.tsx';
import { Charts } from './charts/charts.tsx';
import { Dialog } from './panels/dialog.tsx';
import { Header } from './panels/header.tsx';
import { History } from './panels/history.tsx';
import { Log } from './panels/log.tsx';
import { Notes } from './panels/notes.tsx';
import { Releases } from './panels/releases.tsx';
import { afterEvent, type Seen } from './model/store.ts';
import { followStream } from './model/stream.ts';
import { Workers } from './panels/workers.tsx';

export function App() {
  const [seen, setSeen] = useState<Seen>();
  const [live, setLive] = useState(false);
  useEffect(
    () =>
      followStream({
        event: (event, data) => setSeen((before) => afterEvent(before, event, data)),
        connected: setLive,
      }),
    [],
  );
  const { ask, question, answer, notes, dismiss } = useAsk();
  useEffect(() => {
    if (seen === undefined) return;
    const { status, wanted } = seen;
    const ready = status.workers.filter(({ state }) => state === 'ready').length;
    const mark = live && status.state === 'running' ? '' : '⚠ ';
    document.title = `${mark}${status.name} · ${Math.min(ready, wanted)}/${wanted}`;
  }, [seen, live]);
  if (seen === undefined) return <p class="connecting">Connecting …</p>;
  const { certificates } = seen.status;
  return (
    <>
      <Header seen={seen} live={live} />
      <main class={live ? '' : 'stale'}>
        <Charts seen={seen} />
        <div class={`side ${certificates ? 'secure' : ''}`}>
          <Workers seen={seen} ask={ask} />
          {certificates && <Certificates all={certificates} at={seen.at} />}
          <Releases seen={seen} ask={ask} />
          <History moments={seen.moments} />
        </div>
        <Log seen={seen} />
      </main>
      <Announcer seen={seen} />
      <Notes notes={notes} dismiss={dismiss} />
      <Dialog question={question} answer={answer} />
    </>
  );
}

/** Says what happens to those who cannot see it, the newest only. */
function Announcer({ seen: { moments } }: { seen: Seen }) {
  return (
    <p class="hidden" aria-live="polite">
      {moments.at(-1)?.text}
    </p>
  );
}
