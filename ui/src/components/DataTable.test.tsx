import { fireEvent, screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { renderThemed } from "../test";
import { DataTable } from "./DataTable";

interface Row {
  id: string;
  name: string;
}

const rows: Row[] = [
  { id: "1", name: "First" },
  { id: "2", name: "Second" },
];
const columns = [
  { key: "name", header: "Name", sortKey: "name", cell: (row: Row) => <a href={`/${row.id}`}>{row.name}</a> },
];
const props = { label: "Things", columns, rows, rowKey: (row: Row) => row.id };

describe("DataTable", () => {
  it("is a table with named columns and rows", () => {
    renderThemed(<DataTable {...props} />);
    const table = screen.getByRole("table", { name: "Things" });
    expect(within(table).getAllByRole("row")).toHaveLength(3);
    expect(within(table).getByRole("columnheader", { name: /Name/ })).toBeInTheDocument();
  });

  it("says which way it is sorted, and asks for the other way", () => {
    const onSort = vi.fn();
    renderThemed(<DataTable {...props} sorting={{ sort: "-name", onSort }} />);
    expect(screen.getByRole("columnheader")).toHaveAttribute("aria-sort", "descending");
    fireEvent.click(screen.getByRole("button", { name: "Sort by Name" }));
    expect(onSort).toHaveBeenCalledWith("name");
  });

  it("moves between rows with j and k", () => {
    renderThemed(<DataTable {...props} />);
    fireEvent.keyDown(document.body, { key: "j" });
    expect(screen.getByRole("link", { name: "First" })).toHaveFocus();
    fireEvent.keyDown(document.body, { key: "j" });
    expect(screen.getByRole("link", { name: "Second" })).toHaveFocus();
    fireEvent.keyDown(document.body, { key: "k" });
    expect(screen.getByRole("link", { name: "First" })).toHaveFocus();
  });

  it("selects the current row with x", () => {
    const onChange = vi.fn();
    renderThemed(
      <DataTable {...props} rowName={(row) => row.name} selection={{ selected: new Set(), onChange }} />,
    );
    fireEvent.keyDown(document.body, { key: "j" });
    fireEvent.keyDown(document.body, { key: "x" });
    expect(onChange).toHaveBeenCalledWith(new Set(["1"]));
  });

  it("keeps the place of rows that have not come", () => {
    renderThemed(<DataTable {...props} rows={undefined} isFetching />);
    expect(screen.getByRole("table")).toHaveAttribute("aria-busy", "true");
    expect(screen.getAllByRole("row")).toHaveLength(1); // the others are hidden from screen readers
  });
});
