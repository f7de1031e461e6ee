// Most of a test's time is spent waiting for servers, so four fixtures run at a time. Tests of one fixture run one after
// the other, and what measures or changes the whole process is NonParallelizable.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
