import { ButtonLink } from '../ui/button.tsx';
import { Empty } from '../ui/states.tsx';

export function NotFound() {
  return (
    <>
      <title>Not found · Remuvr</title>
      <h1 className="sr-only">Not found</h1>
      <Empty icon="search" title="Nothing here" action={<ButtonLink to="/">Go to the start</ButtonLink>}>
        This address leads to no page. It may have been cut off when it was copied.
      </Empty>
    </>
  );
}
