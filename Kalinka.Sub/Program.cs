using Kalinka.Common.Hosting;
using Kalinka.Sub.Verbs;

return await SubCommandLine.InvokeAsync(args, configuration => (loggers, time, meters) => new Placeholder());

sealed class Placeholder : IPipeline
{
    public Task RunAsync(CancellationToken stopping) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);

    public DaemonStatus Status() =>
        new(
            "kalinka-sub",
            "i",
            ProductVersion.Text,
            true,
            null,
            [],
            new(true, 0, null),
            null,
            null,
            new Dictionary<string, long>()
        );
}
