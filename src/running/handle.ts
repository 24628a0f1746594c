/** A libuv handle, as Node's IPC delivers it. */
export interface Handle {
  close(): void;
}
