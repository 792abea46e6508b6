import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { SendingFields, type Sending } from "./SendingFields";

const usual: Sending = {
  retry_waits: [10, 300],
  max_concurrent: 20,
  max_per_minute: null,
  is_ordered: false,
};

function show(onChange: (changes: Partial<Sending>) => void, faults: Record<string, string> = {}) {
  render(
    <MantineProvider>
      <SendingFields value={usual} onChange={onChange} faults={faults} />
    </MantineProvider>,
  );
}

it("tells waits only when they can be read", () => {
  const changed = vi.fn();
  show(changed);
  const waits = screen.getByRole("textbox", { name: "Waits before further attempts" });
  expect(waits).toHaveValue("10s, 5m");
  fireEvent.change(waits, { target: { value: "10s, soon" } });
  expect(changed).not.toHaveBeenCalled();
  expect(waits).toBeInvalid();
  fireEvent.change(waits, { target: { value: "" } });
  expect(changed).toHaveBeenCalledWith({ retry_waits: [] });
});

it("takes no number for no limit, and shows what the server found", () => {
  const changed = vi.fn();
  show(changed, { max_per_minute: "too many" });
  const perMinute = screen.getByRole("textbox", { name: "Requests a minute" });
  expect(screen.getByText("too many")).toBeInTheDocument();
  fireEvent.change(perMinute, { target: { value: "600" } });
  expect(changed).toHaveBeenLastCalledWith({ max_per_minute: 600 });
  fireEvent.click(screen.getByRole("switch"));
  expect(changed).toHaveBeenLastCalledWith({ is_ordered: true });
});
