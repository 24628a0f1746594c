import { useEffect, useState } from 'preact/hooks';
import type { Status } from '../supervisor/types.ts';
import type { Snapshot, Tick } from '../admin/wire.ts';

export function App() {
  const [status, setStatus] = useState<Status>();
  useEffect(() => {
    const source = new EventSource('/live');
    const hear = (event: MessageEvent<string>) =>
      setStatus((JSON.parse(event.data) as Snapshot | Tick).status);
    source.addEventListener('snapshot', hear);
    source.addEventListener('tick', hear);
    return () => source.close();
  }, []);
  if (status === undefined) return <p>Connecting …</p>;
  return (
    <main>
      <h1>
        {status.name} is {status.state}
      </h1>
    </main>
  );
}
