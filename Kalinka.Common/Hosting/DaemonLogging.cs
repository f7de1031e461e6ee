using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Kalinka.Common.Hosting;

/// <summary>One line per entry on standard output; below systemd in the form that its journal reads levels from.</summary>
internal static class DaemonLogging
{
    public static void Configure(ILoggingBuilder logging, LogLevel level)
    {
        var forJournal = SystemdNotification.IsAskedFor;
        logging.AddConsole(console => console.FormatterName = LineFormatter.NameOf(forJournal));
        logging.Services.AddSingleton<ConsoleFormatter>(services => new LineFormatter(
            services.GetRequiredService<TimeProvider>(),
            forJournal
        ));
        logging.SetMinimumLevel(level);
        logging.AddFilter((category, entry) => entry >= LeastFor(category ?? "", level));
    }

    private static LogLevel LeastFor(string category, LogLevel level) =>
        category switch
        {
            // They log with a stack trace what they also throw; it is told once, in one line.
            "Microsoft.Extensions.Hosting.Internal.Host" or "Microsoft.AspNetCore.Server.Kestrel" => LogLevel.None,
            _ when IsOfTheFramework(category) => LogLevel.Warning,
            _ => level,
        };

    private static bool IsOfTheFramework(string category) =>
        category.StartsWith("Microsoft.", StringComparison.Ordinal)
        || category.StartsWith("System.", StringComparison.Ordinal)
        || category.StartsWith("OpenTelemetry", StringComparison.Ordinal);
}
