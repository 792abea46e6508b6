import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http, HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { answers, refuses } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import { makeException, makeExceptionDetail } from "./factories";

const worker = {
  ...administrator,
  permissions: ["runs:read", "runs:start", "exceptions:read", "exceptions:work"],
};
const first = makeException();
const second = makeException({
  id: "00000000-0000-7000-8000-0000000000e2",
  record_key: null,
  row_number: 7,
  rule_ids: ["OWN-01"],
  due_at: "2026-11-01T00:00:00Z",
});

const assignee = "00000000-0000-7000-8000-0000000000c1";

/** The body of the last request to an address. */
function recorded(method: "post", path: string, answer: object) {
  const seen: { body: unknown; headers: Headers }[] = [];
  server.use(
    http[method](`http://localhost:3000${path}`, async ({ request }) => {
      seen.push({ body: await request.json(), headers: request.headers });
      return HttpResponse.json(answer);
    }),
  );
  return seen;
}

describe("the queue", () => {
  beforeEach(() => {
    server.use(
      answers("get", "/api/v1/exceptions", { items: [first, second], next_cursor: null }),
      answers("get", "/api/v1/exceptions/counts", {
        items: [{ state: "open", count: 2, is_more: false }],
      }),
      answers("get", "/api/v1/exceptions/groups", {
        items: [{ value: "MR-01", name: "No quantity.", count: 2, is_more: false }],
      }),
      answers("get", "/api/v1/exceptions/assignees", { items: [{ id: assignee, name: "Cleo" }] }),
      answers("get", "/api/v1/exceptions/faults", {
        items: [
          {
            exception_id: first.id,
            rule_id: "MR-01",
            severity: "correctable",
            values: [
              { column: "quantity", value: "0", is_masked: false },
              { column: "buyer", value: "***", is_masked: true },
            ],
          },
          { exception_id: second.id, rule_id: null, severity: null, values: [] },
        ],
      }),
    );
  });

  it("names each record, all its rules, and what is overdue", async () => {
    renderApp("/exceptions", { me: worker });
    const table = within(await screen.findByRole("table", { name: "Exceptions" }));
    expect(await table.findByRole("link", { name: "529900/TRX1" })).toBeInTheDocument();
    expect(table.getByRole("link", { name: "Row 7, no key" })).toBeInTheDocument();
    expect(table.getByText("+1")).toBeInTheDocument();
    expect(table.getAllByText("overdue")).toHaveLength(1);
    expect(await table.findByText("quantity")).toBeInTheDocument();
    expect(table.getByText("0")).toBeInTheDocument();
    expect(table.getByText("masked")).toBeInTheDocument();
    expect(table.getByText("passes now")).toBeInTheDocument();
  });

  it("keeps a group as a filter in the address", async () => {
    const { router } = renderApp("/exceptions?group=rule", { me: worker });
    await userEvent.click(await screen.findByRole("button", { name: /^MR-01/ }));
    await waitFor(() => expect(router.state.location.search).toEqual({ group: "rule", rule_id: "MR-01" }));
  });

  it("assigns at once, as they were seen, and takes it back", async () => {
    const before = { before: [{ id: first.id, revision: 2, assignee_id: null }] };
    const seen = recorded("post", "/api/v1/exceptions/assign", before);
    renderApp("/exceptions", { me: worker });
    await userEvent.click(await screen.findByRole("checkbox", { name: "Select 529900/TRX1" }));
    expect(screen.getByText("1 exception selected")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Assign" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Take it" }));
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(seen).toHaveLength(2));
    expect(seen[0]?.body).toEqual({ items: [{ id: first.id, revision: 1, assignee_id: worker.user.id }] });
    expect(seen[1]?.body).toEqual({ items: before.before });
  });

  it("offers nothing to those who may only look", async () => {
    renderApp("/exceptions", { me: { ...worker, permissions: ["exceptions:read"] } });
    expect(await screen.findByRole("link", { name: "529900/TRX1" })).toBeInTheDocument();
    expect(screen.queryByRole("checkbox", { name: "Select all" })).not.toBeInTheDocument();
  });
});

describe("one exception", () => {
  const ETAG = { ETag: '"e1"' };
  const path = `/exceptions/${first.id}`;

  function shows(found = makeExceptionDetail()) {
    server.use(
      answers("get", "/api/v1/exceptions/assignees", { items: [{ id: assignee, name: "Cleo" }] }),
      answers("get", "/api/v1/exceptions/{exception_id}", found, ETAG),
      answers("get", "/api/v1/exceptions/{exception_id}/history", {
        created_at: "2026-11-20T18:00:00Z",
        items: [],
      }),
    );
  }

  it("says what is wrong, what it rests on, and tells NULL from a text", async () => {
    shows();
    renderApp(path, { me: worker });
    expect(await screen.findByText("The quantity must not be zero.")).toBeInTheDocument();
    expect(screen.getByText("unverified")).toBeInTheDocument();
    await userEvent.click(screen.getByText("All", { selector: "span" }));
    const source = within(screen.getByRole("table", { name: "Source row" }));
    expect(source.getByText("NULL")).toBeInTheDocument();
  });

  it("checks what is typed at once, and sends old and new with the reason", async () => {
    shows();
    const finding = { rule_id: "MR-01", severity: "correctable", message: "Still zero." };
    const verdict = (findings: object[]) => ({
      items: [{ id: first.id, changes: [], findings_after: findings }],
    });
    recorded("post", "/api/v1/exceptions/amend/preview", verdict([finding]));
    const saved = recorded("post", `/api/v1/exceptions/${first.id}/amendments`, makeExceptionDetail());
    renderApp(path, { me: worker });
    const field = await screen.findByLabelText("New value of Source column amount");
    await userEvent.type(field, "1");
    expect(await screen.findByText("1 finding would be left")).toBeInTheDocument();
    recorded("post", "/api/v1/exceptions/amend/preview", verdict([]));
    await userEvent.clear(field);
    await userEvent.type(field, "12.50");
    expect(await screen.findByText("The record passes with these changes")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Amend" }));
    expect(screen.getByText("Say why")).toBeInTheDocument();
    await userEvent.type(screen.getByRole("textbox", { name: /^Reason/ }), "By phone");
    await userEvent.click(screen.getByRole("button", { name: "Amend" }));
    await waitFor(() => expect(saved).toHaveLength(1));
    expect(saved[0]?.headers.get("If-Match")).toBe('"e1"');
    expect(saved[0]?.body).toEqual({
      changes: [{ frame: "source", column: "amount", old: "0.00", new: "12.50" }],
      reason: "By phone",
    });
  });

  it("tells of somebody else's change, and keeps what was typed", async () => {
    shows();
    recorded("post", "/api/v1/exceptions/amend/preview", { items: [] });
    server.use(
      refuses(
        "post",
        "/api/v1/exceptions/{exception_id}/amendments",
        412,
        "precondition_failed",
        {},
        {
          ETag: '"e2"',
        },
      ),
    );
    renderApp(path, { me: worker });
    const field = await screen.findByLabelText("New value of Source column amount");
    await userEvent.type(field, "1");
    await userEvent.type(screen.getByRole("textbox", { name: /^Reason/ }), "By phone");
    await userEvent.click(screen.getByRole("button", { name: "Amend" }));
    expect(await screen.findByText("Somebody else changed this exception meanwhile")).toBeInTheDocument();
    expect(field).toHaveValue("0.001");
    expect(screen.getByRole("button", { name: "Save mine on top" })).toBeInTheDocument();
  });

  it("shows no value that is masked, and offers no change of it", async () => {
    const found = makeExceptionDetail();
    shows({
      ...found,
      source: found.source.map((one) => ({ ...one, is_masked: true, value: "•••", current: "•••" })),
    });
    renderApp(path, { me: worker });
    expect(await screen.findByText("masked")).toBeInTheDocument();
    expect(screen.queryByText("•••")).not.toBeInTheDocument();
    expect(screen.queryByLabelText("New value of Source column amount")).not.toBeInTheDocument();
  });

  it("asks the other person for the acceptance, and not the one who proposed it", async () => {
    const proposed = { proposed_by: worker.user.id, justification: "Reported by the venue" };
    shows(makeExceptionDetail(proposed));
    const me = { ...worker, permissions: [...worker.permissions, "exceptions:approve"] };
    renderApp(path, { me });
    expect(await screen.findByText("Reported by the venue")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Agree" })).not.toBeInTheDocument();
  });
});
