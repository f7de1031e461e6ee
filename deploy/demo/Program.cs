using System.CommandLine;
using Kalinka.QuickStart;

var seconds = new Option<double?>("--seconds") { Description = "End by itself after so many seconds; else Ctrl-C." };
var devices = new Option<int>("--devices") { Description = "How many devices.", DefaultValueFactory = _ => 6 };
var pub = new Option<string>("--pub") { Description = "The executable kalinka-pub.", Required = true };
var sub = new Option<string>("--sub") { Description = "The executable kalinka-sub.", Required = true };
var folder = new Option<string>("--folder") { Description = "For configurations and logs.", Required = true };
devices.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() < 2)
    {
        result.AddError("--devices: at least 2, a device needs somebody to talk to.");
    }
});

var command = new RootCommand("Both daemons at work between simulated devices and a back-end system, on this machine.")
{
    seconds,
    devices,
    pub,
    sub,
    folder,
};
command.SetAction(
    async (arguments, stopping) =>
    {
        var options = new QuickStartOptions(
            arguments.GetValue(seconds),
            arguments.GetValue(devices),
            arguments.GetRequiredValue(pub),
            arguments.GetRequiredValue(sub),
            arguments.GetRequiredValue(folder)
        );
        try
        {
            return await new Demonstration(options, Console.Out).RunAsync(stopping) ? 0 : 1;
        }
        catch (QuickStartException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped before messages flowed.");
            return 1;
        }
    }
);

// Draining takes as long as it takes; a second Ctrl-C ends it at once.
return await command
    .Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
