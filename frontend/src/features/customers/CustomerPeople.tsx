import { DataTable, Moment, Section, TimeAgo, type Column } from "@openreg/ui";
import type { CustomerPerson } from "./api";
import { customerMessages } from "./messages";

const text = customerMessages.detail;

const columns: Column<CustomerPerson>[] = [
  { key: "name", header: text.personColumns.name, cell: (one) => one.full_name },
  { key: "email", header: text.personColumns.email, cell: (one) => one.email },
  { key: "role", header: text.personColumns.role, cell: (one) => customerMessages.roles[one.role] },
  {
    key: "verified",
    header: text.personColumns.verified,
    cell: (one) => (one.email_verified_at ? <Moment at={one.email_verified_at} /> : text.unverified),
  },
  { key: "since", header: text.personColumns.since, cell: (one) => <TimeAgo at={one.created_at} /> },
];

export function CustomerPeople({ team }: { team: CustomerPerson[] }) {
  return (
    <Section title={text.people}>
      <DataTable label={text.people} columns={columns} rows={team} rowKey={(one) => one.id} />
    </Section>
  );
}
