using Kalinka.Pub;
using Kalinka.Pub.Verbs;

return await PubCommandLine.InvokeAsync(
    args,
    configuration =>
        (loggers, time, meters) =>
            PubPipeline.Create(configuration.Options, configuration.Mapping, loggers, time, meters)
);
