/** The API of the tests: every test says what it answers, see `mocks/answers.ts`. */
import { setupServer } from "msw/node";

export const server = setupServer();
