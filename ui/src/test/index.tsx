/** Rendering with the theme, for tests of both applications. */
import { render, type RenderResult } from "@testing-library/react";
import type { ReactElement } from "react";
import { OpenRegProvider } from "../theme/provider";

export function renderThemed(element: ReactElement): RenderResult {
  return render(<OpenRegProvider isTest>{element}</OpenRegProvider>);
}
