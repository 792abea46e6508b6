/** Theme and toasts around an application. */
import { MantineProvider, localStorageColorSchemeManager } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { cssVariables, theme } from "./theme";

const colorSchemes = localStorageColorSchemeManager({ key: "openreg-color-scheme" });
const TOAST_MS = 8000;

/** The nonce of this page: styles that scripts add need it. */
function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}

declare global {
  interface Window {
    __webpack_nonce__?: string;
  }
}

// The styles that lock scrolling behind a dialog are written by a library that looks for the nonce here.
window.__webpack_nonce__ = pageNonce();

export function OpenRegProvider({ children, isTest = false }: { children: ReactNode; isTest?: boolean }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemes}
      defaultColorScheme="auto"
      getStyleNonce={pageNonce}
      env={isTest ? "test" : "default"}
    >
      <Notifications position="bottom-right" autoClose={TOAST_MS} />
      {children}
    </MantineProvider>
  );
}
