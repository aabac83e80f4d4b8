// Ctrl-C, and other requests to end, as a question that is asked between steps.
#pragma once

namespace sotto::tools {

// From here on SIGINT, SIGTERM and SIGHUP are only noted, each once: a second one ends the process
// as before. What was ignored stays ignored. A file over the size limit (SIGXFSZ) becomes an error
// of write(). Calls that wait, such as read(), return with EINTR.
void catch_interrupts();

// The signal that came, or 0.
int interrupted();

}  // namespace sotto::tools
