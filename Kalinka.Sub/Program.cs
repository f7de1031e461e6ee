using Kalinka.Sub;
using Kalinka.Sub.Verbs;

return await SubCommandLine.InvokeAsync(
    args,
    configuration =>
        (loggers, time, meters) =>
            SubPipeline.Create(configuration.Options, configuration.Mapping, loggers, time, meters)
);
