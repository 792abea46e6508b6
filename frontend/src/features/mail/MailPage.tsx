import { Skeleton, Stack, Text } from "@mantine/core";
import { ErrorState, Fact, Facts, JsonView, Moment, PageHeader, Section } from "@openreg/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { mailQuery } from "./api";
import styles from "./mail.module.css";
import { MailState } from "./MailState";
import { mailMessages as text } from "./messages";

const route = getRouteApi("/_app/mail-outbox/$mailId");

export function MailPage() {
  const { mailId } = route.useParams();
  const query = useQuery(mailQuery(mailId));
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const mail = query.data;
  if (!mail) return <Skeleton height={240} />;
  return (
    <Stack gap="lg" maw={720}>
      <PageHeader title={mail.subject} meta={<MailState state={mail.state} />} />
      <Facts>
        <Fact name={text.to}>{mail.recipient}</Fact>
        <Fact name={text.written}>
          <Moment at={mail.created_at} />
        </Fact>
        <Fact name={mail.finished_at ? text.finished : text.next}>
          <Moment at={mail.finished_at ?? mail.next_attempt_at} />
        </Fact>
      </Facts>
      {mail.last_error && <JsonView value={mail.last_error} label={text.error} />}
      <Section title={text.textTitle}>
        {mail.text ? <pre className={styles.text}>{mail.text}</pre> : <Text c="dimmed">{text.noText}</Text>}
      </Section>
    </Stack>
  );
}
