import { fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { renderThemed } from "../test";
import { DateField } from "./DateField";

const heard = vi.fn();

function Field({ required = false }: { required?: boolean }) {
  const [day, setDay] = useState("2026-11-20");
  return (
    <DateField
      label="Day"
      required={required}
      value={day}
      onChange={(next) => {
        heard(next);
        setDay(next);
      }}
    />
  );
}

function type(...values: string[]): HTMLInputElement {
  const field = screen.getByLabelText<HTMLInputElement>(/Day/);
  for (const value of values) fireEvent.change(field, { target: { value } });
  return field;
}

describe("DateField", () => {
  it("keeps a half typed year to itself and shows it", () => {
    heard.mockClear();
    renderThemed(<Field />);
    expect(type("0002-11-19", "0020-11-19", "0202-11-19")).toHaveValue("0202-11-19");
    expect(heard).not.toHaveBeenCalled();
    expect(type("2025-11-19")).toHaveValue("2025-11-19");
    expect(heard.mock.calls).toEqual([["2025-11-19"]]);
  });

  it("can be emptied when no day is required", () => {
    heard.mockClear();
    renderThemed(<Field />);
    expect(type("")).toHaveValue("");
    expect(heard.mock.calls).toEqual([[""]]);
  });

  it("goes back to the day it had when one is required", () => {
    heard.mockClear();
    renderThemed(<Field required />);
    const field = type("");
    fireEvent.blur(field);
    expect(field).toHaveValue("2026-11-20");
    expect(heard).not.toHaveBeenCalled();
  });
});
