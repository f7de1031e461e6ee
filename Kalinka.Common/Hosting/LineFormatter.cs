using System.Globalization;
using Kalinka.Common.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Kalinka.Common.Hosting;

/// <summary>
/// One printable line for each entry, whatever strangers have put into it. An exception is told by its message; where in
/// the code it was thrown, at Debug only.
/// </summary>
/// <param name="forJournal">Begins with the priority that systemd's journal reads (sd-daemon(3)).</param>
internal sealed class LineFormatter(TimeProvider time, bool forJournal) : ConsoleFormatter(NameOf(forJournal))
{
    public static string NameOf(bool forJournal) => forJournal ? "kalinka-journal" : "kalinka";

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        if (forJournal)
        {
            textWriter.Write($"<{Priority(logEntry.LogLevel)}>");
        }
        else
        {
            var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture);
            textWriter.Write(now);
            textWriter.Write($"{Grade(logEntry.LogLevel)}: ");
        }

        textWriter.Write($"{logEntry.Category}: ");
        textWriter.Write(Printable.Of(logEntry.Formatter(logEntry.State, null)));
        if (logEntry.Exception is { } exception)
        {
            var text = logEntry.LogLevel <= LogLevel.Debug ? exception.ToString() : exception.Message;
            textWriter.Write(Printable.Of($": {text}"));
        }

        textWriter.WriteLine();
    }

    private static string Grade(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };

    private static int Priority(LogLevel level) =>
        level switch
        {
            LogLevel.Critical => 2,
            LogLevel.Error => 3,
            LogLevel.Warning => 4,
            LogLevel.Information => 6,
            _ => 7,
        };
}
