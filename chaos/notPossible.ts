/** This machine cannot do what a fault needs; the message says why. Such a fault counts as not run. */
export class NotPossible extends Error {}
