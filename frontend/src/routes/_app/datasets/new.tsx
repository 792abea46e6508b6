import { createFileRoute } from "@tanstack/react-router";
import { NewDataset } from "@/features/datasets/NewDataset";

export const Route = createFileRoute("/_app/datasets/new")({
  component: () => <NewDataset noun="datasets" />,
});
