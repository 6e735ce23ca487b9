import * as http from '@angular/common/http'
import * as core from '@angular/core'

// What Angular 19, the oldest that is claimed, has by another name or not at all.
const renamed: Record<string, unknown> = { ...core, ...http }

/** Change detection without zone.js; in Angular 19 it is an experiment. */
export const provideZoneless = (renamed.provideZonelessChangeDetection ??
  renamed.provideExperimentalZonelessChangeDetection) as typeof core.provideZonelessChangeDetection

/** XMLHttpRequest as HttpClient's transport; in Angular 19 it is, unless told otherwise. */
export const xhr = (): http.HttpFeature<http.HttpFeatureKind>[] =>
  renamed.withXhr ? [(renamed.withXhr as typeof http.withXhr)()] : []
