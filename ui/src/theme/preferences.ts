/** What a browser remembers about its reader's taste; nothing else is kept in web storage. */
import { useLocalStorage } from "@mantine/hooks";

export type Density = "compact" | "comfortable";

export function useDensity() {
  return useLocalStorage<Density>({
    key: "openreg-density",
    defaultValue: "compact",
    getInitialValueInEffect: false,
  });
}

/** Single-key shortcuts can be switched off (WCAG 2.1.4). */
export function useSingleKeyShortcuts() {
  return useLocalStorage<boolean>({
    key: "openreg-shortcuts",
    defaultValue: true,
    getInitialValueInEffect: false,
  });
}
