import "@openreg/ui/test/setup";
import { configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll } from "vitest";
import { server } from "@/test/server";

// A request that no test has thought of is a fault of the test, not a call to the network.
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

// The first page of a test file loads its code; on a busy machine that takes longer than a second.
configure({ asyncUtilTimeout: 5000 });
