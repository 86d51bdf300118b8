import { useState } from 'react';
import { IconButton } from './button.tsx';

type Theme = 'system' | 'light' | 'dark';
const NEXT: Readonly<Record<Theme, Theme>> = { system: 'light', light: 'dark', dark: 'system' };
const ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

function currentTheme(): Theme {
  const theme = document.documentElement.dataset.theme;
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Under the name that theme.js reads before the first paint. */
function applyTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('remuvr-theme');
  } else {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem('remuvr-theme', theme);
  }
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <IconButton
      icon={ICONS[theme]}
      label={`Theme: ${theme}. Change to ${NEXT[theme]}.`}
      onClick={() => {
        applyTheme(NEXT[theme]);
        setTheme(NEXT[theme]);
        window.dispatchEvent(new Event('themechange'));
      }}
    />
  );
}
