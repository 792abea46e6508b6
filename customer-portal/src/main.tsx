import "@openreg/ui/styles.css";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { session } from "./api/client";

// Whether there is a session is known before the first private page is painted.
void session
  .start()
  .catch(() => undefined)
  .then(() => {
    const root = document.getElementById("root");
    if (root) createRoot(root).render(<App />);
  });
