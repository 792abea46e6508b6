/** What stands in the navigation beside the pages. */
import type { Icon } from "@tabler/icons-react";
import type { LinkProps } from "@tanstack/react-router";

export interface NavigationEntry {
  label: string;
  to: NonNullable<LinkProps["to"]>;
  icon: Icon;
  /** The entry is hidden from those who lack it; undefined shows it to everybody. */
  permission?: string;
  /** Goes here after `g`. */
  key?: string;
}

export interface NavigationGroup {
  /** Empty where there is only one. */
  label: string;
  entries: NavigationEntry[];
}
