/** The first call of a new customer: what the key may read. It needs no scope, so it works with every key. */
import { apiUrl } from "@/api/client";
import { CallCode } from "@/features/reference/CallCode";

export function FirstCall({ secret }: { secret: string | null }) {
  return <CallCode call={{ method: "GET", url: `${apiUrl}/external_api/v1/key` }} secret={secret} />;
}
