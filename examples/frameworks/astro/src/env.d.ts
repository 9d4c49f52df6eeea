declare namespace App {
  interface Locals {
    visit: import('sojourn').Session<import('./lib/sessions').Data>
  }
}
