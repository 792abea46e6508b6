/** Filters of a list. It stays in place whatever the list shows; its values live in the URL. */
import { Button, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { uiMessages } from "../messages";
import styles from "./FilterBar.module.css";

const TYPING_MS = 250;

interface FilterBarProps {
  children: ReactNode;
  isFiltered: boolean;
  onClear: () => void;
  /** Actions on the whole list, such as export. */
  actions?: ReactNode;
}

export function FilterBar({ children, isFiltered, onClear, actions }: FilterBarProps) {
  return (
    <div className={styles.bar} role="search">
      {children}
      {isFiltered && (
        <Button variant="subtle" onClick={onClear}>
          {uiMessages.clearFilters}
        </Button>
      )}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** A text filter that waits until one has stopped typing. `/` moves the focus here. */
export function SearchFilter({
  value,
  onChange,
  label,
}: {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  label: string;
}) {
  const [text, setText] = useState(value ?? "");
  const report = useDebouncedCallback((next: string) => onChange(next.trim() || undefined), TYPING_MS);
  const [shown, setShown] = useState(value);
  // The filter was cleared or changed by something else than typing here.
  if (value !== shown) {
    setShown(value);
    setText(value ?? "");
  }
  return (
    <TextInput
      className={styles.search}
      data-search
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={14} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        report(event.currentTarget.value);
      }}
    />
  );
}
