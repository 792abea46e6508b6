import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { answers } from "@/mocks/answers";
import { server } from "@/mocks/server";
import { administrator, renderApp } from "@/test/renderApp";
import type { Destination, DestinationKind } from "./api";
import { usualPolicy } from "./policyDraft";

const me = { ...administrator, permissions: ["destinations:read", "destinations:write"] };
const FINGERPRINT = `SHA256:${"A".repeat(43)}`;
const created: Destination = {
  id: "00000000-0000-7000-8000-0000000000d1",
  name: "regulator",
  kind: "sftp",
  settings: { host: "sftp.example", username: "bank", host_key_fingerprint: FINGERPRINT },
  environment: "production",
  is_paused: false,
  stopped: null,
  failed_looks: 0,
  response_folder: null,
  policy: usualPolicy,
  archived_at: null,
  created_at: "2026-11-20T18:00:00Z",
  updated_at: "2026-11-20T18:00:00Z",
};

const sftp: DestinationKind = {
  kind: "sftp",
  can_be_read: true,
  credentials_schema: {},
  settings_schema: {
    required: ["host", "username"],
    properties: {
      host: { type: "string", maxLength: 253 },
      port: { type: "integer", default: 22, minimum: 1, maximum: 65535 },
      username: { type: "string" },
      folder: { type: "string", default: "." },
      host_key_fingerprint: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
    },
  },
};

function fill(name: string, value: string) {
  fireEvent.change(screen.getByRole("textbox", { name }), { target: { value } });
}

it("stores a destination only with a host key that somebody has confirmed", async () => {
  const sent: unknown[] = [];
  server.use(
    answers("get", "/api/v1/destinations/kinds", { items: [sftp] }),
    answers("post", "/api/v1/destinations/test", {
      ok: false,
      unconfirmed_host_key: FINGERPRINT,
      unconfirmed_certificate: null,
      steps: [{ name: "dns", ok: true, message: "Found.", fix: null }],
    }),
    answers("post", "/api/v1/destinations", (request) => {
      void request.json().then((body) => sent.push(body));
      return created;
    }),
    answers("get", "/api/v1/destinations/{destination_id}", created),
  );
  renderApp("/destinations/new", { me });
  await screen.findByRole("textbox", { name: "Host" });
  fill("Name", "regulator");
  fill("Host", "sftp.example");
  fill("User", "bank");
  await userEvent.click(screen.getByRole("radio", { name: "Password" }));
  fireEvent.change(screen.getByLabelText(/^Password/, { selector: "input:not([type=radio])" }), {
    target: { value: "hunter2" },
  });

  await userEvent.click(screen.getByRole("button", { name: "Create destination" }));
  expect(screen.getByText(/Confirm the host key first/)).toBeInTheDocument();
  expect(sent).toEqual([]);

  await userEvent.click(screen.getByRole("button", { name: "Test connection" }));
  expect(await screen.findByText(FINGERPRINT)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "They are the same" }));
  expect(screen.getByText("Host key confirmed")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("button", { name: "Create destination" }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        name: "regulator",
        environment: "production",
        kind: "sftp",
        settings: { host: "sftp.example", username: "bank", host_key_fingerprint: FINGERPRINT },
        credentials: { password: "hunter2" },
        response_folder: null,
        policy: usualPolicy,
      },
    ]),
  );
});
