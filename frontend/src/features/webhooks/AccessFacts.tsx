/** How an endpoint is reached, without any secret, and the way to change it. */
import { Button, Stack, Text } from "@mantine/core";
import { CodeList, Fact } from "@openreg/ui";
import { useState } from "react";
import { useMay } from "@/features/account/api";
import { AccessDialog } from "./AccessDialog";
import { accessMessages as text } from "./accessMessages";
import type { Webhook } from "./api";

export function AccessFacts({ webhook }: { webhook: Webhook }) {
  const [isChanging, setIsChanging] = useState(false);
  const mayWrite = useMay("webhooks:write");
  const {
    header_names: names = [],
    authentication,
    ca_certificates: authorities = [],
    client_certificate: own,
  } = webhook.access;
  const isPlain = names.length === 0 && !authentication && authorities.length === 0 && !own;
  return (
    <>
      <Fact name={text.title}>
        <Stack gap="xs" align="flex-start">
          {isPlain && <Text>{text.plain}</Text>}
          {names.length > 0 && <CodeList words={names} />}
          {authentication && (
            <Text>
              {text.stored(authentication.kind, authentication.username ?? authentication.client_id ?? "")}
            </Text>
          )}
          {authorities.map((one) => (
            <Text key={one.sha256}>
              {text.authorities}: {text.certificate(one.subject, one.expires_at)}
            </Text>
          ))}
          {own && (
            <Text>
              {text.ownCertificate}: {text.certificate(own.subject, own.expires_at)}
            </Text>
          )}
          {mayWrite && (
            <Button size="compact-sm" variant="default" onClick={() => setIsChanging(true)}>
              {text.change}
            </Button>
          )}
        </Stack>
      </Fact>
      <AccessDialog webhook={webhook} isOpen={isChanging} onClose={() => setIsChanging(false)} />
    </>
  );
}
