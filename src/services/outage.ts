/** Whether an error means that the database is away: the caller may try again, and nothing is wrong with the request. */
export { isDatabaseLost as isOutage } from '../store/database-lost.ts';
