import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import type { SettingsField, SettingValues } from "@/forms/settingsFields";
import { OdbcFields } from "./OdbcFields";

const driver = {
  name: "FreeTDS",
  title: "SQL Server by FreeTDS",
  is_installed: true,
  hint: "It encrypts and does not check.",
  install: "apt install tdsodbc",
  is_file: false,
  default_port: 1433,
  ssl_modes: ["disable", "require"],
};
const drivers = [
  driver,
  {
    ...driver,
    name: "ODBC Driver 18 for SQL Server",
    title: "SQL Server",
    is_installed: false,
    install: "install msodbcsql18",
    ssl_modes: ["disable", "require", "verify_full"],
  },
  { ...driver, name: "SQLite3", title: "SQLite", is_file: true, default_port: 0, ssl_modes: ["disable"] },
];
const field = (name: string, changes: Partial<SettingsField> = {}): SettingsField => ({
  name,
  type: "text",
  isRequired: false,
  defaultValue: null,
  ...changes,
});
const fields = [
  field("database", { isRequired: true }),
  field("host", { defaultValue: "" }),
  field("port", { type: "integer", defaultValue: 0 }),
  field("ssl_mode", { type: "choice", options: ["disable", "require", "verify_ca", "verify_full"] }),
];

function Form() {
  const [values, setValues] = useState<SettingValues>({ database: "trades" });
  return (
    <MantineProvider env="test">
      <OdbcFields drivers={drivers} fields={fields} values={values} faults={{}} onChange={setValues} />
      <output>{JSON.stringify(values)}</output>
    </MantineProvider>
  );
}

const latest = () => JSON.parse(screen.getByRole("status").textContent ?? "") as SettingValues;

async function choose(name: string) {
  await userEvent.click(screen.getByRole("combobox", { name: "Driver" }));
  await userEvent.click(screen.getByRole("option", { name }));
}

test("nothing is asked before a driver is chosen, and then in its own terms", async () => {
  render(<Form />);
  expect(screen.queryByLabelText(/Host/)).toBeNull();
  await choose("FreeTDS");
  expect(screen.getByText("SQL Server by FreeTDS. It encrypts and does not check.")).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Host" })).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Port" })).toHaveAttribute("placeholder", "Default: 1433");
  expect(latest()).toEqual({ database: "trades", driver: "FreeTDS", ssl_mode: "require" });
  expect(screen.queryByText(/is not installed where/)).toBeNull();
});

test("a driver that is not installed says so, and who can help", async () => {
  render(<Form />);
  await choose("ODBC Driver 18 for SQL Server (not installed)");
  expect(screen.getByText("ODBC Driver 18 for SQL Server is not installed where OpenReg runs")).toBeVisible();
  expect(screen.getByText(/Ask the operator to install msodbcsql18 on every machine/)).toBeVisible();
  expect(latest()["ssl_mode"]).toBe("verify_full");
});

test("a file has no host, no port and no TLS", async () => {
  render(<Form />);
  await choose("SQLite3");
  expect(screen.getByRole("textbox", { name: "File" })).toHaveValue("trades");
  expect(screen.queryByLabelText(/Host/)).toBeNull();
  expect(screen.queryByLabelText(/Port/)).toBeNull();
  expect(screen.queryByRole("combobox", { name: "Encryption" })).toBeNull();
  expect(latest()["ssl_mode"]).toBe("disable");
});
