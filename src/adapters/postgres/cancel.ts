/** Asks the server to cancel a running statement: the protocol's own request, on a connection of its own. */
import type { Connection } from './connection.ts';

const CANCEL_WAIT_MS = 500;
/** CancelRequest: length 16, code 80877102, process id, secret key. PostgreSQL 17, protocol-message-formats. */
const CANCEL_CODE = 80_877_102;

export async function sendCancel(c: Connection, pid: number | null, key: number | null): Promise<void> {
  if (pid === null || key === null) return;
  const { connect } = await import('node:net');
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_CODE, 4);
  request.writeInt32BE(pid, 8);
  request.writeInt32BE(key, 12);
  await new Promise<void>((done) => {
    const socket = c.host.startsWith('/')
      ? connect(`${c.host}/.s.PGSQL.${c.port}`)
      : connect({ host: c.host, port: c.port });
    const finish = (): void => {
      socket.destroy();
      done();
    };
    socket.setTimeout(CANCEL_WAIT_MS, finish);
    socket.on('error', finish);
    socket.on('close', () => done());
    socket.on('connect', () => socket.write(request));
  });
}
