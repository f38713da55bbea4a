/** One thing that a text states. */
import type { GuardCode } from '../guards.ts';
import type { Token } from './token.ts';

export interface Fact {
  readonly code: GuardCode;
  /** What is compared: the same value in another notation is the same text here. */
  readonly value: string;
  /** As it stands in the text. */
  readonly shown: string;
  /** Of a number, the word it counts; '' where none is known. */
  readonly of: string;
}

export interface NameFact {
  readonly lower: string;
  readonly shown: string;
  /** Begins its sentence, so that the capital says nothing. */
  readonly start: boolean;
  /** The word after it. */
  readonly next: string;
}

export interface Negator {
  readonly shown: string;
  /** Stem of what it negates; '' where nothing follows. */
  readonly of: string;
}

/** A word that has a contrary. */
export interface Pole {
  readonly group: number;
  readonly pole: number;
  readonly shown: string;
}

/** While a text is read. */
export interface Reading {
  readonly tokens: readonly Token[];
  readonly facts: Fact[];
  readonly names: NameFact[];
  readonly negators: Negator[];
  readonly poles: Pole[];
}
