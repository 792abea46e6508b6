/** The token of a mailed link: it stands behind the #, so that no server logs it, and leaves the address at once. */
import { useEffect, useState } from "react";

export function useLinkToken(): string {
  const [token] = useState(() => window.location.hash.slice(1));
  useEffect(() => {
    if (token) window.history.replaceState(window.history.state, "", window.location.pathname);
  }, [token]);
  return token;
}
