/** The external API of the tests: it answers what a test says, and nothing else. */
import { http, HttpResponse, type HttpResponseResolver } from "msw";
import { setupServer } from "msw/node";

const ORIGIN = "http://localhost:3000";
const CUSTOMERS = `${ORIGIN}/external_api/v1/customers`;

export const server = setupServer();

type Method = "get" | "post" | "patch" | "delete";

/** Of a path below that of the self-service. */
export function answers(method: Method, path: string, answer: HttpResponseResolver | object, status = 200) {
  const resolver = typeof answer === "function" ? answer : () => HttpResponse.json(answer, { status });
  return http[method](CUSTOMERS + path, resolver as HttpResponseResolver);
}
