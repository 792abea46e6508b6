/** What was read back at the destination. */
import { Stack, Text } from "@mantine/core";
import { CopyButton, Fact, Facts, formatBytes, Moment } from "@openreg/ui";
import styles from "./deliveries.module.css";
import { deliveryMessages } from "./messages";
import type { ReceivedFile, Receipt } from "./receipt";

const text = deliveryMessages.receipt;

export function DeliveryReceipt({ receipt }: { receipt: Receipt }) {
  return (
    <Stack gap="sm">
      {receipt.wasAlreadyThere && <Text c="dimmed">{text.alreadyThere}</Text>}
      {receipt.resumedAtBytes > 0 && (
        <Text c="dimmed">{text.resumed(formatBytes(receipt.resumedAtBytes))}</Text>
      )}
      <Facts>
        <Place file={receipt} />
        <Fact name={text.server}>
          <Exact>{receipt.server}</Exact>
        </Fact>
        {receipt.hostKey && (
          <Fact name={text.hostKey}>
            <Exact>{receipt.hostKey}</Exact>
          </Fact>
        )}
        {receipt.certificate && (
          <Fact name={text.certificate}>
            <Exact>{receipt.certificate}</Exact>
          </Fact>
        )}
      </Facts>
      {receipt.companions.length > 0 && (
        <>
          <Text fw={600} size="sm">
            {text.companions}
          </Text>
          {receipt.companions.map((one) => (
            <Facts key={one.path}>
              <Place file={one} />
            </Facts>
          ))}
        </>
      )}
      <Text size="xs" c="dimmed">
        {text.readBack}
      </Text>
    </Stack>
  );
}

function Place({ file }: { file: ReceivedFile }) {
  return (
    <>
      <Fact name={text.path}>
        <Exact>{file.path}</Exact>
      </Fact>
      <Fact name={text.size}>{formatBytes(file.sizeBytes)}</Fact>
      {file.modifiedAt && (
        <Fact name={text.modified}>
          <Moment at={file.modifiedAt} />
        </Fact>
      )}
      <Fact name={text.sha}>
        <Exact>{file.sha256}</Exact>
        <CopyButton value={file.sha256} label={text.sha} />
      </Fact>
    </>
  );
}

function Exact({ children }: { children: string }) {
  return <span className={`or-mono ${styles.value}`}>{children}</span>;
}
