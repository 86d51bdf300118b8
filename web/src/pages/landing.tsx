import { useState } from 'react';
import { Link } from 'react-router';
import { useDemos, useMe, usePlans } from '../api/queries.ts';
import type { Plan } from '../api/types.ts';
import { cutoutUrl, PHOTOS, type Photo, photoUrl } from '../lib/photos.ts';
import { sampleCalls } from '../lib/samples.ts';
import { ButtonLink } from '../ui/button.tsx';
import { CodeTabs } from '../ui/code.tsx';
import { Compare } from '../ui/compare.tsx';
import { Icon, Logo } from '../ui/icons.tsx';
import { PlanCards } from '../ui/plan-cards.tsx';
import { SkipLink } from '../ui/shell.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { ThemeSwitch } from '../ui/theme-switch.tsx';

export function Landing() {
  return (
    <>
      <title>Remuvr: the background-removal API that you run yourself</title>
      <SkipLink />
      <Top />
      <main id="main" tabIndex={-1} className="outline-none">
        <Hero />
        <Samples />
        <Plans />
      </main>
      <footer className="border-line border-t">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center justify-between gap-4 px-4 py-8 text-soft sm:px-8">
          <Logo />
          <nav aria-label="Footer" className="flex flex-wrap gap-5">
            <Link to="/guide" className="min-w-10 py-2.5 hover:text-ink">
              Docs
            </Link>
            <Link to="/docs" className="py-2.5 hover:text-ink">
              API reference
            </Link>
            <a href="/openapi.json" className="py-2.5 hover:text-ink">
              OpenAPI
            </a>
          </nav>
        </div>
      </footer>
    </>
  );
}

function Top() {
  const me = useMe();
  return (
    <header className="mx-auto flex max-w-6xl items-center justify-between gap-3 px-4 py-3 sm:px-8">
      <Logo />
      <nav aria-label="Main" className="flex items-center gap-1">
        <Link to="/guide" className="hidden rounded-md px-3 py-2 font-medium text-soft hover:text-ink sm:block">
          Docs
        </Link>
        <ThemeSwitch />
        {me.data ? (
          <ButtonLink to="/playground">Open the dashboard</ButtonLink>
        ) : (
          <ButtonLink to="/sign-in">Sign in</ButtonLink>
        )}
      </nav>
    </header>
  );
}

function Hero() {
  const [photo, setPhoto] = useState<Photo | undefined>(PHOTOS[0]);
  const demos = useDemos();
  const live = demos.data?.find(({ name }) => name === photo?.name);
  return (
    <section className="mx-auto grid max-w-6xl items-center gap-10 px-4 py-10 sm:px-8 lg:grid-cols-[1.15fr_1fr] lg:gap-14 lg:py-16">
      <div>
        <h1 className="text-3xl">
          <span className="block">A photo goes in.</span> <span className="block">A true cut‑out comes out.</span>
        </h1>
        <p className="mt-5 max-w-[48ch] text-lg text-soft">
          The background-removal API that you run yourself, true down to the last hair. One call, your machine, your
          pictures.
        </p>
        <div className="mt-8 flex flex-wrap gap-3">
          <ButtonLink to="/playground" look="primary" size="lg" icon="wand">
            Try it on a photo
          </ButtonLink>
          <ButtonLink to="/guide" size="lg">
            Read the docs
          </ButtonLink>
        </div>
      </div>
      {photo && (
        <figure className="mx-auto w-full max-w-xl">
          <Compare
            key={photo.name}
            before={photoUrl(photo)}
            after={demos.isPending ? undefined : (live?.url ?? cutoutUrl(photo))}
            alt={photo.alt}
            width={photo.width}
            height={photo.height}
          />
          <figcaption className="mt-3 flex flex-wrap items-center justify-between gap-3">
            <div className="flex gap-2">
              {PHOTOS.map((other) => (
                <button
                  key={other.name}
                  type="button"
                  aria-pressed={other.name === photo.name}
                  aria-label={`Show: ${other.title}`}
                  onClick={() => setPhoto(other)}
                  className="size-12 overflow-hidden rounded-md border-2 border-transparent aria-pressed:border-accent"
                >
                  <img
                    src={photoUrl(other)}
                    alt=""
                    width={48}
                    height={48}
                    fetchPriority="low"
                    className="size-full object-cover"
                  />
                </button>
              ))}
            </div>
            <p className="min-w-0 grow basis-72 text-soft text-xs">
              <span className="block truncate">
                {live ? `Made by this server with ${live.model} in ${live.seconds.toFixed(1)} s` : 'Made by Remuvr'}
              </span>
              Nothing retouched. {photo.rights}.
            </p>
          </figcaption>
        </figure>
      )}
    </section>
  );
}

const FACTS = [
  'JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP in',
  'PNG, WebP, AVIF, JPG, ZIP or the mask out',
  'A failure costs nothing',
];

function Samples() {
  const options = {
    host: window.location.origin,
    key: 'YOUR_API_KEY',
    format: 'png',
    output: 'cutout',
    quality: 'auto',
  };
  return (
    <section className="border-line border-y bg-surface">
      <div className="mx-auto grid max-w-6xl items-center gap-8 px-4 py-14 sm:px-8 lg:grid-cols-[1fr_1.6fr] lg:gap-14">
        <div>
          <h2 className="text-2xl">One call</h2>
          <p className="mt-3 max-w-[44ch] text-base text-soft">
            Send the photo as a form field, get the PNG as the answer. The size stays, hair and glass keep their
            softness, and the old background’s colour is taken out of the edges.
          </p>
          <ul className="mt-5 grid gap-2 text-soft">
            {FACTS.map((fact) => (
              <li key={fact} className="flex gap-2.5">
                <Icon name="check" className="text-accent" />
                {fact}
              </li>
            ))}
          </ul>
        </div>
        <div className="min-w-0">
          <CodeTabs samples={sampleCalls(options).slice(0, 3)} />
        </div>
      </div>
    </section>
  );
}

function Plans() {
  const me = useMe();
  const plans = usePlans();
  const startWith = ({ name, price }: Plan): string => {
    if (me.data) return `/plan?choose=${name}`;
    return price?.amount === 0 ? '/sign-up' : `/sign-up?plan=${name}`;
  };
  return (
    <section className="mx-auto max-w-6xl px-4 py-14 sm:px-8">
      <h2 id="plans" className="text-2xl">
        Plans
      </h2>
      <p className="mt-3 mb-8 max-w-[60ch] text-base text-soft">
        A removal that fails costs nothing. Test keys are free on every plan.
      </p>
      {plans.isPending && <Loading label="Loading the plans" />}
      {plans.error && <Failed error={plans.error} onRetry={() => void plans.refetch()} />}
      {plans.data && (
        <PlanCards
          plans={plans.data}
          action={(plan) => (
            <ButtonLink to={startWith(plan)} look={plan.name === 'pro' ? 'primary' : 'plain'}>
              {plan.price ? `Start with ${plan.title}` : 'Make an account'}
            </ButtonLink>
          )}
        />
      )}
    </section>
  );
}
