/** A call as code to copy, in the language of choice. */
import { Group, SegmentedControl, Stack } from "@mantine/core";
import { CopyButton } from "@openreg/ui";
import { useState } from "react";
import styles from "./code.module.css";
import { referenceMessages as text } from "./messages";
import { LANGUAGES, snippet, type Call, type Language } from "./snippets";

export function CallCode({ call, secret }: { call: Call; secret: string | null }) {
  const [language, setLanguage] = useState<Language>("curl");
  const code = snippet(language, call, secret);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          aria-label={text.language}
          data={LANGUAGES.map((one) => ({ value: one, label: text.languages[one] }))}
          value={language}
          onChange={(value) => setLanguage(value as Language)}
        />
        <CopyButton value={code} label={text.code} />
      </Group>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- otherwise arrow keys cannot scroll it */}
      <pre className={styles.code} tabIndex={0} role="region" aria-label={text.code}>
        {code}
      </pre>
    </Stack>
  );
}
