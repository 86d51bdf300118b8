/** How many connections to the database a process takes, and whether there is room for all of them. */

/** At most, of a server or a worker: for requests and jobs, for claims and leases, and the one that listens. */
export const PROCESS_CONNECTIONS = { pool: 20, queue: 3, listener: 1 } as const;

export const CONNECTIONS_OF_PROCESS =
  PROCESS_CONNECTIONS.pool + PROCESS_CONNECTIONS.queue + PROCESS_CONNECTIONS.listener;

/** `places`: what `max_connections` leaves to users. `processes`: servers and workers. `others`: connections of other programs. */
export type ConnectionRoom = { readonly places: number; readonly processes: number; readonly others: number };

export function connectionsNeeded({ processes }: Pick<ConnectionRoom, 'processes'>): number {
  return processes * CONNECTIONS_OF_PROCESS;
}

export function hasConnectionRoom(room: ConnectionRoom): boolean {
  return connectionsNeeded(room) + room.others <= room.places;
}
