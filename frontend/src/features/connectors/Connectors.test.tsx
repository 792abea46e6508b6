import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { answers, streams, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { Connector, ConnectorHealth, ConnectorKind } from "./api";

const ID = "00000000-0000-7000-8000-0000000000c1";
const me = { ...administrator, permissions: ["connectors:read", "connectors:write", "connectors:query"] };

const kind: ConnectorKind = {
  kind: "postgresql",
  needs_credentials: true,
  sql_dialect: "postgres",
  has_schemas: true,
  ssl_modes: ["verify_full"],
  explains: true,
  drivers: [],
  settings_schema: {
    required: ["host", "database"],
    properties: {
      host: { type: "string" },
      port: { type: "integer", default: 5432 },
      database: { type: "string" },
    },
  },
};

function makeConnector(changes: Partial<Connector> = {}): Connector {
  return {
    id: ID,
    name: "warehouse",
    kind: "postgresql",
    settings: { host: "db.bank.example", port: 5433, database: "trades" },
    sql_dialect: "postgres",
    used_by: [],
    created_at: "2026-11-20T18:00:00Z",
    updated_at: "2026-11-20T18:00:00Z",
    revision: 1,
    tested_at: null,
    failed_step: null,
    holds_demo_data: false,
    password_reference: null,
    ...changes,
  };
}

/** The address of one connector would take that of the kinds as well: the kinds come first. */
const healthy: ConnectorHealth = {
  is_failing: false,
  retest_every_hours: null,
  next_test_at: null,
  tests: [],
  last_run: null,
};

function stores(connector: Connector, health = healthy) {
  server.use(
    answers("get", "/api/v1/connectors/{connector_id}/health", health),
    answers("get", "/api/v1/connectors/kinds", { items: [kind] }),
    answers("get", "/api/v1/connectors/{connector_id}", connector, { ETag: '"1"' }),
  );
}

function fill(name: string, value: string) {
  fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
}

beforeEach(() => server.use(answers("get", "/api/v1/connectors/kinds", { items: [kind] })));

describe("the list of connectors", () => {
  it("shows where each leads and who uses it", async () => {
    const used = makeConnector({ used_by: [{ report_id: ID, name: "MiFIR" }] });
    server.use(answers("get", "/api/v1/connectors", { items: [used], next_cursor: null }));
    renderApp("/connectors", { me });
    const row = within(await screen.findByRole("row", { name: /warehouse/ }));
    expect(row.getByText("db.bank.example:5433")).toBeInTheDocument();
    expect(row.getByText("1 report")).toBeInTheDocument();
  });

  it("offers to make the first one only to those who may", async () => {
    server.use(answers("get", "/api/v1/connectors", { items: [], next_cursor: null }));
    renderApp("/connectors", { me: { ...me, permissions: ["connectors:read"] } });
    expect(await screen.findByText("No connector yet")).toBeInTheDocument();
    expect(screen.queryByRole("link", { name: "New connector" })).not.toBeInTheDocument();
  });
});

const found = { name: "dns", ok: true, message: "It is 10.0.0.1.", fix: null, host_key: null };
const silent = {
  name: "tcp",
  ok: false,
  message: "Nothing listens there.",
  fix: "Check the port.",
  host_key: null,
};

describe("a new connector", () => {
  it("is tried before it is stored, and the failing step says what to do", async () => {
    server.use(
      streams("post", "/api/v1/connectors/test", [
        { event: "step", data: found },
        { event: "step", data: silent },
        { event: "result", data: { ok: false, steps: [found, silent] } },
      ]),
    );
    renderApp("/connectors/new", { me });
    await screen.findByRole("textbox", { name: "Host" });
    fill("Host", "db.bank.example");
    fill("User", "reader");
    await userEvent.click(screen.getByRole("button", { name: "Test connection" }));
    const steps = within(await screen.findByRole("list", { name: "Steps of the test" }));
    const items = steps.getAllByRole("listitem").map((item) => item.textContent);
    expect(items[1]).toBe("Reach the port failedNothing listens there.Check the port.");
    expect(items[2]).toBe("Agree on TLS not tried");
    expect(await screen.findByText("The connection does not work")).toBeInTheDocument();
  });

  it("sends the way through an SSH server, and a secret that is kept elsewhere by its name", async () => {
    const withTunnel = {
      ...kind,
      settings_schema: {
        ...kind.settings_schema,
        properties: { ...(kind.settings_schema["properties"] as object), tunnel: { type: "object" } },
      },
    };
    const sent: unknown[] = [];
    server.use(
      answers("get", "/api/v1/connectors/kinds", { items: [withTunnel] }),
      answers("post", "/api/v1/connectors", (request) => {
        void request.json().then((body) => sent.push(body));
        return makeConnector();
      }),
      answers("get", "/api/v1/connectors/{connector_id}", makeConnector(), { ETag: '"1"' }),
    );
    renderApp("/connectors/new", { me });
    await screen.findByRole("textbox", { name: "Host" });
    fill("Name", "lake");
    fill("Host", "localhost");
    fill("Database", "trades");
    fill("User", "reader");
    await userEvent.click(screen.getByRole("combobox", { name: "Where the password is kept" }));
    await userEvent.click(await screen.findByRole("option", { name: "A file of the server" }));
    fill("Name of the file", "warehouse");
    await userEvent.click(screen.getByRole("switch", { name: "Through an SSH server" }));
    await userEvent.click(screen.getByRole("button", { name: "Create connector" }));
    expect(screen.getAllByText("A value is needed")).toHaveLength(3); // SSH host, user, key
    fill("SSH host", "gate.example");
    fill("SSH user", "ingest");
    fill("Private key", "-----BEGIN KEY-----");
    await userEvent.click(screen.getByRole("button", { name: "Create connector" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({
      settings: {
        host: "localhost",
        database: "trades",
        tunnel: { host: "gate.example", username: "ingest" },
      },
      credentials: {
        username: "reader",
        password: { file: "warehouse" },
        tunnel: { private_key: "-----BEGIN KEY-----" },
      },
    });
  });

  it("names what is missing before anything is sent", async () => {
    renderApp("/connectors/new", { me });
    await userEvent.click(await screen.findByRole("button", { name: "Create connector" }));
    expect(screen.getAllByText("A value is needed")).toHaveLength(5); // name, host, database, user, password
  });
});

describe("one connector", () => {
  it("cannot be deleted while reports use it", async () => {
    stores(makeConnector({ used_by: [{ report_id: ID, name: "MiFIR" }] }));
    renderApp(`/connectors/${ID}`, { me });
    const button = await screen.findByRole("button", { name: "Delete" });
    expect(button).toBeDisabled();
    expect(button).toHaveAttribute("title", "Used by MiFIR. Move these reports to another connector first.");
  });

  it("shows its last tests and the last run, and is tested by the clock when somebody asks for it", async () => {
    const failing = {
      ...healthy,
      tests: [
        { at: "2026-11-27T10:00:00Z", milliseconds: 1234, failed_step: "tunnel" },
        { at: "2026-11-26T10:00:00Z", milliseconds: 87, failed_step: null },
      ],
      last_run: {
        run_id: ID,
        report_name: "MiFIR",
        state: "succeeded" as const,
        rows_in: 100000,
        started_at: "2026-11-26T18:00:00Z",
        finished_at: "2026-11-26T18:01:05Z",
      },
    };
    stores(makeConnector(), failing);
    const sent: unknown[] = [];
    server.use(
      answers("patch", "/api/v1/connectors/{connector_id}", (request) => {
        void request.json().then((body) => sent.push(body));
        return makeConnector();
      }),
    );
    renderApp(`/connectors/${ID}`, { me });
    const tests = within(await screen.findByRole("list", { name: "Last tests" })).getAllByRole("listitem");
    expect(tests[0]).toHaveTextContent("Failed: open the tunnel1,234 ms");
    expect(tests[1]).toHaveTextContent("Works87 ms");
    expect(screen.getByRole("link", { name: "MiFIR" })).toBeInTheDocument();
    expect(screen.getByText("100,000 rows")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("combobox", { name: "Test it by the clock" }));
    await userEvent.click(await screen.findByRole("option", { name: "Every day" }));
    await waitFor(() => expect(sent).toEqual([{ retest_every_hours: 24 }]));
  });

  it("keeps what is stored secret unless it is replaced", async () => {
    stores(makeConnector());
    const sent: unknown[] = [];
    server.use(
      answers("patch", "/api/v1/connectors/{connector_id}", (request) => {
        void request.json().then((body) => sent.push([request.headers.get("If-Match"), body]));
        return makeConnector();
      }),
    );
    renderApp(`/connectors/${ID}?tab=settings`, { me });
    expect(await screen.findByText("•••• stored")).toBeInTheDocument();
    await screen.findByRole("textbox", { name: "Host" });
    fill("Name", "lake");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual([
      '"1"',
      { name: "lake", settings: { host: "db.bank.example", port: 5433, database: "trades" } },
    ]);
  });

  it("asks when somebody else has changed it in between", async () => {
    stores(makeConnector());
    const tags: (string | null)[] = [];
    server.use(
      refuses("patch", "/api/v1/connectors/{connector_id}", 412, "precondition_failed", {}, { ETag: '"2"' }),
    );
    renderApp(`/connectors/${ID}?tab=settings`, { me });
    await screen.findByRole("textbox", { name: "Host" });
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText(/Somebody changed this connector/)).toBeInTheDocument();
    server.use(
      answers("patch", "/api/v1/connectors/{connector_id}", (request) => {
        tags.push(request.headers.get("If-Match"));
        return makeConnector();
      }),
    );
    await userEvent.click(screen.getByRole("button", { name: "Write mine" }));
    await waitFor(() => expect(tags).toEqual(['"2"']));
  });

  it("shows the first rows of a table without the columns that need a cast", async () => {
    stores(makeConnector());
    const asked: unknown[] = [];
    server.use(
      answers("get", "/api/v1/connectors/{connector_id}/schemas", { items: ["audit", "public"] }),
      answers("get", "/api/v1/connectors/{connector_id}/tables", {
        items: [{ schema_name: "public", name: "trades", is_view: false }],
        is_truncated: false,
      }),
      answers("get", "/api/v1/connectors/{connector_id}/columns", {
        items: [
          { name: "id", native_type: "int8", type: "integer", reason: null },
          { name: 'odd "name"', native_type: "text", type: "text", reason: null },
          { name: "place", native_type: "point", type: null, reason: "Cast it to text." },
        ],
      }),
      answers("post", "/api/v1/connectors/{connector_id}/preview", (request) => {
        void request.json().then((body: { query: string }) => asked.push(body.query));
        return {
          columns: [
            { name: "id", type: "integer", native_type: "int8" },
            { name: 'odd "name"', type: "text", native_type: "text" },
          ],
          rows: [[7, null]],
        };
      }),
    );
    renderApp(`/connectors/${ID}?tab=browse`, { me });
    await userEvent.click(await screen.findByRole("link", { name: "trades" }));
    const rows = within(await screen.findByRole("table", { name: "First 20 rows" }));
    expect(await rows.findByText("7")).toBeInTheDocument();
    expect(rows.getByText("null")).toBeInTheDocument();
    expect(screen.getByText("Left out, because they need a cast: place.")).toBeInTheDocument();
    await waitFor(() => expect(asked).toEqual(['select "id", "odd ""name""" from "public"."trades"']));
  });
});
