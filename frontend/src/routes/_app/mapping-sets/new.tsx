import { createFileRoute } from "@tanstack/react-router";
import { NewDataset } from "@/features/datasets/NewDataset";

export const Route = createFileRoute("/_app/mapping-sets/new")({
  component: () => <NewDataset noun="mapping-sets" />,
});
