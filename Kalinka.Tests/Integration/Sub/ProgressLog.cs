using Microsoft.Extensions.Logging;

namespace Kalinka.Tests.Integration.Sub;

/// <summary>Shows what daemons within the test warn of, and how partitions come and go.</summary>
internal sealed class ProgressLog(string name) : ILoggerProvider, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) =>
        TestContext.Progress.WriteLine(
            $"{TimeProvider.System.GetUtcNow():mm:ss.fff} {name} {logLevel}: {formatter(state, exception)}"
        );

    public void Dispose() { }
}
