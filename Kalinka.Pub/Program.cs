using Kalinka.Pub;
using Kalinka.Pub.Verbs;

return await PubCommandLine.InvokeAsync(
    args,
    configuration =>
        (loggers, time, meters) =>
            PubPipeline.Create(
                configuration.Options,
                Kalinka.Pub.Mapping.PubMapping.Compile(configuration.Options.Mapping, [])!,
                loggers,
                time,
                meters
            )
);
