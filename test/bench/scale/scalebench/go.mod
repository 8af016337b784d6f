module scalebench

go 1.22
