/** The characters of a line that a column of fixed width stands at. */
import { Group, NumberInput } from "@mantine/core";
import type { FileColumn } from "./fileTables";
import { connectorMessages } from "./messages";

const text = connectorMessages.files;

interface FixedPlaceProps {
  column: FileColumn;
  onChange: (changes: Partial<FileColumn>) => void;
}

export function FixedPlace({ column, onChange }: FixedPlaceProps) {
  const of = (name: "position" | "width", label: string) => (
    <NumberInput
      aria-label={label}
      w={90}
      min={1}
      allowDecimal={false}
      value={column[name] ?? ""}
      onChange={(value) => typeof value === "number" && onChange({ [name]: value })}
    />
  );
  return (
    <Group gap="xs" wrap="nowrap">
      {of("position", text.positionOf(column.name))}
      {of("width", text.widthOf(column.name))}
    </Group>
  );
}
